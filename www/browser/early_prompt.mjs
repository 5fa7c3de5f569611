// The prompt of the terminal that the HTML of a first visit shows. Lines that are entered before the program is there are run
// once it is, one after the other, before what is typed after them.
const lines = [];

function onKey(event) {
  const { target: field, key, isComposing } = event;
  if (field.id !== "command" || key !== "Enter" || isComposing) return;
  lines.push(field.value);
  // As the program shows it (`app/src/view/terminal/plain.rs`).
  const line = document.createElement("div");
  line.className = "typed";
  line.textContent = `${field.previousSibling.textContent} ${field.value}`;
  field.closest(".plain").querySelector(".log > div").append(line);
  field.value = "";
}

export const earlyPrompt = {
  watch: () => document.addEventListener("keydown", onKey),
  // The program has rendered its own field.
  rendered(field) {
    document.removeEventListener("keydown", onKey);
    for (const line of lines.splice(0)) {
      field.value = line;
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    }
  },
};
