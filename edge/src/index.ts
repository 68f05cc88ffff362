/** The production entry: the real clock and the real network. */

import { createHandlers } from "./handlers.ts";

export default createHandlers({ now: () => Date.now(), fetch: (input, init) => fetch(input, init) });
