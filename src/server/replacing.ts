/** An object with some methods replaced. The others are called on the object itself, which may have private fields. */
export function replacing<Inner extends object>(inner: Inner, replaced: Partial<Inner>): Inner {
  return new Proxy(inner, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
