// Alt+Up and Alt+Down move the focused policy in the order.
import { registerKeys } from "./keys.js";

function move(direction) {
  const button = document.activeElement.closest("tr")?.querySelector(`[data-mover] [value=${direction}]:enabled`);
  button?.click();
  return Boolean(button);
}

registerKeys("Policies", {
  "Alt+ArrowUp": ["Try the policy earlier", () => move("up")],
  "Alt+ArrowDown": ["Try the policy later", () => move("down")],
});
