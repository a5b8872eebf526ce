import { oddStories } from './odd-stories.ts';
import { playAll } from './play-all.ts';
import { placeStories } from './stories.ts';

playAll([...oddStories, ...placeStories], { on: ['local'] });
