import { playAll } from './play-all.ts';
import { linkStories, placeStories, settingStories } from './stories.ts';
import { oddStories } from './odd-stories.ts';

playAll([...oddStories, ...linkStories, ...settingStories, ...placeStories], { on: ['local'] });
