import { render } from 'preact'
import { App } from './app.tsx'
import { Session } from './session.ts'
import './styles.css'

const place = document.querySelector('#app')
if (place) render(<App session={new Session()} />, place)
