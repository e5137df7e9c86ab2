/** @jsxImportSource react */
// What a server renders for the page of the tests.
import { renderToString } from 'react-dom/server'
import type { ReactConversation } from 'turnstate/react'
import { LatePart, Page } from './scenes.tsx'

export const renderPage = (conversation: ReactConversation): string =>
  renderToString(<Page conversation={conversation} Late={LatePart} />)
