/** An object with the field, or an empty object if the value is `undefined`, which JSON cannot hold. */
export function optionalField<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [name in Name]?: Value } {
  const field: { [name in Name]?: Value } = {}
  if (value !== undefined) field[name] = value
  return field
}
