/** The same scenario said to skiffd and to dockerd gets the same answers: all but networks, which have a file of their own. */
import t from 'tap';
import { sameAnswers } from './same-answers.ts';
import { others } from './scenarios/all.ts';

// A slow machine needs three minutes for what takes one on a quick one.
t.setTimeout(550_000);

await sameAnswers(t, others);
