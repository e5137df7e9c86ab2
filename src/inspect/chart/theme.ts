/** The colours of a picture: for light pages or dark ones. */
export type Theme = 'light' | 'dark'
