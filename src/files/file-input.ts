import type { FileType } from './file-types.ts'
import { isObject } from '../objects.ts'

/** A file, given by its path. Node only. */
export interface FileByPath {
  readonly path: string
  /** The title of the document. Default: the name of the file. */
  readonly title?: string
  /** The media type. Default: by the extension of the file's name. */
  readonly type?: string
}

/** A file to be read: a `Blob` or `File`, a path, or a `file:` URL. */
export type FileInput = Blob | FileByPath | URL

/** A file, checked as far as is possible without reading it. */
export interface FileToRead {
  readonly source: Blob | string | URL
  /** The file as errors name it. */
  readonly what: string
  /** Missing if neither the media type nor the extension shows it. */
  readonly type?: FileType
  readonly title?: string
}

// By its shape: a Blob of another realm or of a polyfill is not an instance of this realm's class.
export const isBlob = (value: unknown): value is Blob =>
  isObject(value) &&
  'size' in value &&
  typeof value.size === 'number' &&
  'type' in value &&
  typeof value.type === 'string' &&
  'arrayBuffer' in value &&
  typeof value.arrayBuffer === 'function'

const isFileUrl = (value: unknown): value is URL => value instanceof URL && value.protocol === 'file:'

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string'

const isFileByPath = (value: unknown): value is FileByPath =>
  isObject(value) &&
  'path' in value &&
  typeof value.path === 'string' &&
  (!('title' in value) || isTextOrNone(value.title)) &&
  (!('type' in value) || isTextOrNone(value.type))

/** Whether a value is a file to be read, rather than a content block. */
export const isFileInput = (value: unknown): value is FileInput =>
  isBlob(value) || isFileUrl(value) || isFileByPath(value)
