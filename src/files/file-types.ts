import { TurnstateError } from '../errors.ts'

export const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const

export type ImageType = (typeof imageTypes)[number]
/** The media type that a file is sent as. `text/plain` is used for every kind of text. */
export type FileType = ImageType | 'application/pdf' | 'text/plain'

/** The accepted types, for errors. */
export const acceptedTypes = `${imageTypes.join(', ')}, application/pdf, text/* and application/json`

export const isImageType = (type: string): type is ImageType => imageTypes.some((known) => known === type)

const aliases: Readonly<Record<string, FileType>> = {
  'application/pdf': 'application/pdf',
  'application/x-pdf': 'application/pdf',
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
}

const textTypes = new Set(
  `json ld+json jsonl ndjson x-ndjson json5 xml javascript x-javascript ecmascript typescript x-typescript yaml x-yaml
   toml sql graphql x-sh x-httpd-php x-ruby x-python x-tex x-subrip`
    .split(/\s+/)
    .map((type) => `application/${type}`),
)

// Media types that systems report for files that they don't know or mistake: for TypeScript, or for CSV where Excel is installed.
const vagueTypes = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-unknown',
  'application/vnd.ms-excel',
  'video/mp2t',
  'video/vnd.dlna.mpeg-tts',
])

const extensions: Readonly<Record<string, FileType>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpe: 'image/jpeg',
  jfif: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
}

// A name without a dot, such as Makefile, counts as its own extension.
const textExtensions = new Set(
  `txt text md markdown mdx rst adoc asciidoc org tex bib log csv tsv json jsonl ndjson json5 jsonc geojson ipynb xml xsd
   xsl xslt dtd rss atom html htm xhtml css scss sass less svelte vue astro yaml yml toml ini cfg conf config
   properties env editorconfig gitignore gitattributes npmrc dockerignore lock js mjs cjs jsx ts mts cts tsx py pyi
   rb php java kt kts scala groovy gradle swift m mm c h cc cpp cxx hh hpp hxx cs fs fsx vb go rs zig nim d dart lua pl
   pm r jl hs lhs elm ex exs erl hrl clj cljs cljc edn lisp el scm rkt ml mli sql graphql gql proto thrift tf tfvars hcl
   nix sh bash zsh fish ps1 psm1 bat cmd awk sed diff patch eml ics vcf srt vtt po pot makefile dockerfile cmake
   readme license licence changelog contributing authors notice gemfile rakefile procfile jenkinsfile`.split(/\s+/),
)

const ofMediaType = (type: string): FileType | undefined => {
  if (isImageType(type)) return type
  if (type.startsWith('text/') || textTypes.has(type) || /^application\/.+\+(json|xml|yaml)$/.test(type))
    return 'text/plain'
  return Object.hasOwn(aliases, type) ? aliases[type] : undefined
}

const extensionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase()

const ofName = (name: string): FileType | undefined => {
  const extension = extensionOf(name)
  if (textExtensions.has(extension)) return 'text/plain'
  return Object.hasOwn(extensions, extension) ? extensions[extension] : undefined
}

/** The type that a file is given with: by its media type, else by the extension of its name. */
export function givenType(mediaType: string, name: string): FileType | undefined {
  const [type = ''] = mediaType.toLowerCase().split(';')
  return ofMediaType(type.trim()) ?? (vagueTypes.has(type.trim()) ? ofName(name) : undefined)
}

/** The error about a file for which {@link givenType} knows no type. */
export function unsupported(what: string, mediaType: string, name: string): TurnstateError {
  const reason =
    mediaType !== ''
      ? `is of the type "${mediaType}"`
      : name.includes('.')
        ? `has the extension ".${extensionOf(name)}"`
        : 'has neither a type nor a name that tells it'
  return new TurnstateError(
    'file-type-unsupported',
    `${what} ${reason}, which can't be sent. Accepted types: ${acceptedTypes}.`,
  )
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  Array.from(text).every((character, index) => bytes[at + index] === character.charCodeAt(0))

const hasPdfHeader = (bytes: Uint8Array): boolean => {
  // PDF readers accept a header after other bytes, and such files are in use.
  for (let at = 0; at < Math.min(bytes.length, 1024); at++) if (startsWith(bytes, '%PDF-', at)) return true
  return false
}

/** The type of an image or PDF by its first bytes; `undefined` for any other file. */
export function typeOfBytes(bytes: Uint8Array): ImageType | 'application/pdf' | undefined {
  if (startsWith(bytes, '\xFF\xD8\xFF')) return 'image/jpeg'
  if (startsWith(bytes, '\x89PNG\r\n\x1A\n')) return 'image/png'
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'image/gif'
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'image/webp'
  return hasPdfHeader(bytes) ? 'application/pdf' : undefined
}
