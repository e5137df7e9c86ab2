import { type FileInput, type FileToRead, isBlob } from './file-input.ts'

export interface FileDescription {
  readonly source: FileToRead['source']
  /** The path, or the name of a File. */
  readonly label: string
  readonly name: string
  readonly mediaType: string
  readonly title: string
}

/** Reads the path, name, media type and title of a file input. */
export function describeFile(file: FileInput): FileDescription {
  if (isBlob(file)) return describe(file, nameOf(file), file.type)
  if (file instanceof URL) return describe(file, decode(file.pathname))
  return describe(file.path, file.path, file.type, file.title)
}

function describe(source: FileToRead['source'], label: string, mediaType = '', title?: string): FileDescription {
  const name = label.slice(Math.max(label.lastIndexOf('/'), label.lastIndexOf('\\')) + 1)
  return { source, label, name, mediaType, title: title ?? name }
}

// By its properties: not every platform with Blob has the class File.
const nameOf = (blob: Blob): string => ('name' in blob && typeof blob.name === 'string' ? blob.name : '')

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}
