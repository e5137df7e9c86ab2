import { actOnEveryNotice } from './every-notice.ts'
import { plainScenes } from './scenes.ts'

actOnEveryNotice(plainScenes)
