import { oddStories } from './odd-stories.ts';
import { legacyStories, pipelineStories } from './pipeline-stories.ts';
import { dailyStories } from './stories.ts';
import type { Story } from './story.ts';

/** What is played on every kind of remote. */
export const coreStories: readonly Story[] = [...dailyStories, ...oddStories, ...pipelineStories, ...legacyStories].filter(({ isCore }) => isCore === true);
