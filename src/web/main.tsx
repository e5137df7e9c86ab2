/** @jsxImportSource react */
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './styles/page.css'

const place = document.querySelector('#app')
if (place) createRoot(place).render(<App />)
