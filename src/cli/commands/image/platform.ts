// `linux/arm64/v8` as the API takes it.

export function platformQuery(text: string): string {
  const [os = '', architecture, variant] = text.split('/');
  return JSON.stringify({ os, architecture, variant });
}
