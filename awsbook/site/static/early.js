// @ts-check
// A link that carries a state is a question asked already: Python starts before the rest of the page is read.

import { asks } from "./address.js";
import { start, topics } from "./python.js";

if (asks(topics())) start();
