// What a store is. The stores themselves have doors of their own.
export type * from './store.ts'
