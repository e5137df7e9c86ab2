import { actOnEveryNotice } from './every-notice.ts'
import { fallbackScenes } from './scenes.ts'

actOnEveryNotice(fallbackScenes)
