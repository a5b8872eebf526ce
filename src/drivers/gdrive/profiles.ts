/** What the service does oddly for some accounts. */
export interface Profile {
  /** Children of so many folders are asked for by one question. */
  readonly foldersPerQuestion: number;
  /** Names that one question may hold. */
  readonly namesPerQuestion: number;
  /** An answer without a file to a question about several folders is not believed before it is proven that such questions work. */
  readonly doubtsEmptyGroups: boolean;
}

/**
 * For some accounts a question about several folders finds nothing at all, though they hold files (https://issuetracker.google.com/issues/149522397,
 * 2026-11-21; rclone looks for it, too). rclone asks for 50 folders at once.
 */
export const profile: Profile = { foldersPerQuestion: 50, namesPerQuestion: 30, doubtsEmptyGroups: true };
