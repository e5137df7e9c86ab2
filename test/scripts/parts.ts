/** A document whose places `<!-- name -->` … `<!-- /name -->` hold these parts. Places of other names stay as they are. */
export const withParts = (document: string, parts: Readonly<Record<string, string>>): string =>
  document.replaceAll(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->/g, (whole, name: string) => {
    const part = parts[name]
    return part === undefined ? whole : `<!-- ${name} -->\n\n${part}\n\n<!-- /${name} -->`
  })
