/** @jsxImportSource react */
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { emptyText, readBlocks, steadied, type TextBlock } from './blocks.ts'
import { CodeBlock } from './code-block.tsx'
import { toElements } from './safe-html.ts'

/** The words of a model. While they grow, only the last block is drawn anew. */
export const Prose = memo(function Prose({ text, isGrowing }: { readonly text: string; readonly isGrowing: boolean }) {
  const shown = usePaced(text, isGrowing)
  const read = useRef(emptyText)
  const began = performance.now()
  read.current = readBlocks(read.current, shown.text)
  const { blocks } = read.current
  useLayoutEffect(() => shown.took(performance.now() - began))
  const last = blocks.length - 1
  return (
    <div className="prose">
      {blocks.map((block, index) =>
        block.kind === 'code' ? (
          <CodeBlock key={index} code={block.text} language={block.language} isGrowing={isGrowing && index === last} />
        ) : (
          <Words key={index} block={block} isGrowing={isGrowing && index === last} />
        ),
      )}
    </div>
  )
})

const Words = memo(
  function Words({ block, isGrowing }: { readonly block: TextBlock; readonly isGrowing: boolean }) {
    const place = useRef<HTMLDivElement>(null)
    const { text } = block
    useLayoutEffect(() => {
      place.current?.replaceChildren(toElements(isGrowing ? steadied(text) : text))
    }, [text, isGrowing])
    return <div className="words" ref={place} />
  },
  (one, other) => one.block.text === other.block.text && one.isGrowing === other.isGrowing,
)

/** A text that takes long to draw is drawn less often: at most a quarter of the time goes into it. */
function usePaced(text: string, isGrowing: boolean) {
  const [shown, setShown] = useState(text)
  const cost = useRef({ took: 0, at: 0 })
  useEffect(() => {
    if (!isGrowing) return
    const wait = cost.current.at + 3 * cost.current.took - performance.now()
    const timer = setTimeout(() => setShown(text), Math.max(0, wait))
    return () => clearTimeout(timer)
  }, [text, isGrowing])
  return {
    text: isGrowing && cost.current.took > 8 ? shown : text,
    took: (time: number) => {
      cost.current = { took: time, at: performance.now() }
    },
  }
}
