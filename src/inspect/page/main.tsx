import { render } from 'preact'
import { App } from './app.tsx'
import { Session } from './session.ts'
import './styles.css'
import './chart.css'
import './details.css'

const place = document.querySelector('#app')
if (place) render(<App session={new Session()} />, place)
