/** A condition of this computer that the user can mend: shown as one line. */
export class StartError extends Error {}
