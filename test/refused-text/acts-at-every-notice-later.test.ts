import { actOnEveryNotice } from './every-notice.ts'
import { laterScenes } from './scenes.ts'

actOnEveryNotice(laterScenes)
