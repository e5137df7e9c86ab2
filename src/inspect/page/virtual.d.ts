/** Made by shipped-charts.ts while the page is built. */
declare module 'virtual:shipped-charts' {
  const shipped: import('./shipped-charts.ts').ShippedCharts
  export default shipped
}
