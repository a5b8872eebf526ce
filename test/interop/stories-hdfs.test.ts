import assert from 'node:assert/strict';
import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { crossed } from './story.ts';

/** What differs by the kind of remote: names, sizes and the layout. The rest of the stories is the same on all. */
const names = ['a directory in directories', 'odd names inside a directory'];
const stories = coreStories.filter(({ name }) => names.includes(name));
assert.equal(stories.length, names.length, 'a story has another name now');

playAll(stories, { on: ['hdfs'], casts: crossed });
