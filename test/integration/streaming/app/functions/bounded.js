import { boundWait } from '../../../../../functions/http/bounded-wait.ts';
import { claimWithin } from '../../../../../functions/http/exchanges.ts';

boundWait(300);
claimWithin(300);
