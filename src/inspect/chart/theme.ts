/** Which pages a picture is for. */
export type Theme = 'light' | 'dark'
