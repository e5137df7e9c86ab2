import { useMemo } from 'preact/hooks'
import { turnNumbers } from '../log/turn-rows.ts'
import { bytes, number, plural } from './format.ts'
import type { Moment } from './moments.ts'
import { previewOf, type RequestPreview } from './request-parts.ts'

function nameOf({ isUnderWay, waitsFor }: RequestPreview): string {
  if (!isUnderWay) return 'The next request'
  return waitsFor === 0
    ? 'The present request'
    : `The turn's next request, which waits for ${plural(waitsFor, 'tool call')},`
}

/** The messages of the next request, their sizes, and what is left out. */
export function NextRequest({ moment }: { readonly moment: Moment }) {
  const { view, prompt, facts } = moment
  const request = useMemo(() => previewOf(view, prompt, turnNumbers(facts)), [view, prompt, facts.length])
  return (
    <div class="request">
      <p class="sum">
        {nameOf(request)} carries <b>{plural(request.messages.length, 'message')}</b>, <b>{bytes(request.bytes)}</b>
        {request.isUnderWay ? '' : ' besides the new one'}, for <b>{view.model}</b>.
      </p>
      {prompt && (
        <p class="sum">
          Besides them:{' '}
          {prompt.systemBytes > 0 ? `a system prompt of ${bytes(prompt.systemBytes)}` : 'no system prompt'},{' '}
          {prompt.tools.length > 0
            ? `${plural(prompt.tools.length, 'tool')} (${bytes(prompt.toolsBytes)}: ${prompt.tools.join(', ')})`
            : 'no tools'}
          ; at most {number(prompt.maxTokens)} tokens; {request.breakpoints} of 4 cache breakpoints
          {request.betas.length > 0 ? `; ${request.betas.join(', ')}` : ''}
          {request.container === null ? '' : `; container ${request.container}`}.
        </p>
      )}
      {request.messages.length > 0 && (
        <table>
          <caption>Messages</caption>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">role</th>
              <th scope="col">size</th>
              <th scope="col">cache</th>
              <th scope="col">blocks</th>
            </tr>
          </thead>
          <tbody>
            {request.messages.map((line, index) => (
              <tr key={index} class={line.role}>
                <td>{index + 1}</td>
                <td>{line.role}</td>
                <td class="size">{bytes(line.bytes)}</td>
                <td>{line.breakpoints > 0 ? `⚑ ${line.breakpoints}` : ''}</td>
                <td>
                  <span class="blocks">{line.blocks.join(', ')}</span> {line.words}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>Left out</h3>
      {request.left.length === 0 ? (
        <p class="empty">Nothing.</p>
      ) : (
        <ul class="left">
          {request.left.map(({ turn, what, why }, index) => (
            <li key={index}>
              <b>{what === 'turn' ? `turn ${turn}` : `${what} of turn ${turn}`}</b>: {why}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
