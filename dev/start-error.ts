/** A condition of this computer that the user can repair; shown as one line. */
export class StartError extends Error {}
