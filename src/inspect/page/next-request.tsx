import { useMemo } from 'preact/hooks'
import { bytes, number, plural, short } from './format.ts'
import type { Moment } from './moments.ts'
import { previewOf } from './request-parts.ts'

/** The messages that would be sent now, their sizes, and what stays out. */
export function NextRequest({ moment }: { readonly moment: Moment }) {
  const { view, prompt } = moment
  const request = useMemo(() => previewOf(view, prompt), [view, prompt])
  return (
    <div class="request">
      <p class="sum">
        {request.isUnderWay ? 'The request that is under way' : 'The next request'} carries{' '}
        <b>{plural(request.messages.length, 'message')}</b>, <b>{bytes(request.bytes)}</b>
        {request.isUnderWay ? '' : ', before its own'}, for <b>{view.model}</b>.
      </p>
      {prompt && (
        <p class="sum">
          Beside them: {prompt.systemBytes > 0 ? `a system prompt of ${bytes(prompt.systemBytes)}` : 'no system prompt'}
          ,{' '}
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
          {request.left.map(({ turnId, what, why }, index) => (
            <li key={index}>
              <b>{what === 'turn' ? `turn ${short(turnId)}` : `${what} of ${short(turnId)}`}</b>: {why}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
