/**
 * Whose conversations those are that are begun by the command: of the one whom a server without `authorize` knows, so that what is begun in a
 * terminal goes on in a browser.
 */
export const localUser = 'local'
