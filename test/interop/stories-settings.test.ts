import { playAll } from './play-all.ts';
import { linkStories, settingStories } from './stories.ts';

playAll([...linkStories, ...settingStories], { on: ['local'] });
