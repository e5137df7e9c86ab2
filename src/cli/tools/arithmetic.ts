// A small parser: what a model writes is never evaluated as code.

const longest = 200

/** Binary operators with their precedence. */
const operators: Readonly<
  Record<string, { readonly binds: number; readonly apply: (a: number, b: number) => number }>
> = {
  '+': { binds: 1, apply: (a, b) => a + b },
  '-': { binds: 1, apply: (a, b) => a - b },
  '*': { binds: 2, apply: (a, b) => a * b },
  '/': { binds: 2, apply: (a, b) => a / b },
  '%': { binds: 2, apply: (a, b) => a % b },
  '^': { binds: 4, apply: (a, b) => a ** b },
}

/** A sign binds more loosely than a power: -2^2 is -4. */
const signBinds = 3

/** The value of an expression of numbers, + - * / % ^ and parentheses. @throws Error that says what is wrong */
export function calculate(expression: string): number {
  if (expression.length > longest) throw new Error(`The expression is longer than ${longest} characters.`)
  const value = new Reader(expression).read()
  if (!Number.isFinite(value)) throw new Error('The result is not a finite number.')
  return value
}

class Reader {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(expression: string) {
    this.#tokens = expression.match(/\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\S/g) ?? []
  }

  read(): number {
    const value = this.#expression(0)
    const rest = this.#tokens[this.#at]
    if (rest !== undefined) throw new Error(`"${rest}" is not expected there.`)
    return value
  }

  #expression(least: number): number {
    let value = this.#operand()
    for (let next = this.#operator(least); next; next = this.#operator(least)) {
      this.#at++
      // Powers are right-associative, the other operators left-associative.
      const right = this.#expression(next.binds === operators['^']?.binds ? next.binds : next.binds + 1)
      value = next.apply(value, right)
    }
    return value
  }

  #operator(least: number) {
    const token = this.#tokens[this.#at] ?? ''
    const operator = Object.hasOwn(operators, token) ? operators[token] : undefined
    return operator && operator.binds >= least ? operator : undefined
  }

  #operand(): number {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new Error('The expression ends too early.')
    if (token === '-') return -this.#expression(signBinds)
    if (token === '+') return this.#expression(signBinds)
    if (token === '(') {
      const value = this.#expression(0)
      if (this.#tokens[this.#at++] !== ')') throw new Error('A parenthesis is not closed.')
      return value
    }
    if (/^[\d.]/.test(token) && Number.isFinite(Number(token))) return Number(token)
    throw new Error(`"${token}" is not a number. Use numbers, + - * / % ^ and parentheses.`)
  }
}
