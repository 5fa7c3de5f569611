const quotes: readonly string[] = [
  "Simple is better than complex.",
  "Measure before you optimise.",
  "Name things after what they are.",
];

export function pick(): string {
  return quotes[Math.floor(Math.random() * quotes.length)] ?? "";
}
