/** @jsxImportSource react */

const paths = {
  plus: 'M12 5v14M5 12h14',
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  stop: 'M7 7h10v10H7z',
  attach: 'M20 11.5 12 19.6a5 5 0 0 1-7.1-7.1l8.3-8.3a3.4 3.4 0 0 1 4.8 4.8l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4l7.6-7.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5 10 17 19 7',
  again: 'M4.5 12a7.5 7.5 0 1 0 2.4-5.5M4.5 4v3.5H8',
  edit: 'M4 20h4L19 9l-4-4L4 16z',
  back: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  left: 'M15 6l-6 6 6 6',
  right: 'M9 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  close: 'M6 6l12 12M18 6 6 18',
  search: 'M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zM20 20l-4-4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  shield: 'M12 3 5 6v5c0 4.5 3 8.3 7 10 4-1.7 7-5.5 7-10V6zM9 9.5l6 6M15 9.5l-6 6',
  alert: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.2',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  tool: 'M14.5 6.5a4 4 0 0 0-5.3 5L4 16.8 7.2 20l5.3-5.2a4 4 0 0 0 5-5.3L15 12l-3-3z',
  thought: 'M7 18h.01M4 21h.01M9 14.5A4.5 4.5 0 0 1 8 6a5 5 0 0 1 9.6 1.2A3.8 3.8 0 0 1 17 14.5z',
  help: 'M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM9 9.4a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1.1-1.4 2.1M12 16.8v.2',
  file: 'M7 3.5h7l4 4v13H7zM14 3.5v4h4',
} as const

/** The name of a picture. */
export type IconName = keyof typeof paths

/** A small picture beside words, or in a button that has a label. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
)
