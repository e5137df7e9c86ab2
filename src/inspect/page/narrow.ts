import { useEffect, useState } from 'preact/hooks'

/** The widest window that shows one pane at a time; styles.css has the same number. */
const query = '(max-width: 900px)'

/** Whether the window is narrow. Renders again when that changes. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const onChange = () => setNarrow(media.matches)
    media.addEventListener('change', onChange)
    return () => media.removeEventListener('change', onChange)
  }, [])
  return isNarrow
}
