// The words of the exercises in both languages.
import english from "./words/en.json";
import chinese from "./words/zh-CN.json";

const TABLES = { en: english, "zh-CN": chinese };

/** A function that gives the words of an id in a language, with each `{name}` replaced. */
export function translator(language, tables = TABLES) {
  const table = tables[language] ?? tables.en;
  return (id, values = {}) => {
    let text = table[id] ?? tables.en[id] ?? id;
    for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, () => String(value));
    return text;
  };
}
