import { playAll } from './play-all.ts';
import { dailyStories } from './stories.ts';

playAll(dailyStories, { on: ['local'] });
