/** The vocabulary of the demo org's events: types, people, places, programs. */

export interface Kind {
  type: string;
  message: string;
  results: string[];
  target?: string;
}

export const KINDS: Kind[] = [
  {
    type: 'user.session.start',
    message: 'User login to Okta',
    results: ['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE'],
  },
  { type: 'user.session.end', message: 'User logout from Okta', results: ['SUCCESS'] },
  {
    type: 'user.authentication.sso',
    message: 'User single sign on to app',
    results: ['SUCCESS', 'SUCCESS', 'FAILURE'],
    target: 'AppInstance',
  },
  {
    type: 'user.authentication.auth_via_mfa',
    message: 'Authentication of user via MFA',
    results: ['SUCCESS', 'SUCCESS', 'FAILURE', 'UNANSWERED'],
    target: 'AuthenticatorEnrollment',
  },
  {
    type: 'policy.evaluate_sign_on',
    message: 'Evaluation of sign-on policy',
    results: ['ALLOW', 'ALLOW', 'CHALLENGE', 'DENY'],
    target: 'PolicyRule',
  },
  { type: 'user.account.lock', message: 'Max sign in attempts exceeded', results: ['FAILURE'] },
  {
    type: 'user.account.update_password',
    message: 'User update password for Okta',
    results: ['SUCCESS', 'FAILURE'],
  },
  {
    type: 'user.mfa.factor.activate',
    message: 'Activate factor or authenticator enrollment method for user',
    results: ['SUCCESS'],
  },
  {
    type: 'user.lifecycle.create',
    message: 'Create Okta user',
    results: ['SUCCESS'],
    target: 'User',
  },
  {
    type: 'user.lifecycle.deactivate',
    message: 'Deactivate Okta user',
    results: ['SUCCESS'],
    target: 'User',
  },
  {
    type: 'user.account.privilege.grant',
    message: 'Grant user privilege',
    results: ['SUCCESS'],
    target: 'User',
  },
  {
    type: 'group.user_membership.add',
    message: 'Add user to group membership',
    results: ['SUCCESS'],
    target: 'UserGroup',
  },
  {
    type: 'group.user_membership.remove',
    message: 'Remove user from group membership',
    results: ['SUCCESS'],
    target: 'UserGroup',
  },
  {
    type: 'application.user_membership.add',
    message: 'Add user to application membership',
    results: ['SUCCESS'],
    target: 'AppInstance',
  },
  {
    type: 'app.oauth2.token.grant.access_token',
    message: 'OAuth2 access token is granted',
    results: ['SUCCESS'],
    target: 'access_token',
  },
  {
    type: 'app.oauth2.token.revoke',
    message: 'OAuth2 token revocation request',
    results: ['SUCCESS'],
    target: 'access_token',
  },
  {
    type: 'system.api_token.create',
    message: 'Create API token',
    results: ['SUCCESS'],
    target: 'Token',
  },
  {
    type: 'system.org.rate_limit.warning',
    message: 'Rate limit warning',
    results: ['SUCCESS'],
    target: 'Bucket Uuid',
  },
  {
    type: 'policy.rule.update',
    message: 'Update policy rule',
    results: ['SUCCESS'],
    target: 'PolicyRule',
  },
  {
    type: 'zone.update',
    message: 'Update of a network zone',
    results: ['SUCCESS'],
    target: 'NetworkZone',
  },
  { type: 'security.threat.detected', message: 'Request from suspicious actor', results: ['DENY'] },
  {
    type: 'user.risk.detect',
    message: 'User risk level change',
    results: ['SUCCESS'],
    target: 'User',
  },
];
export const PEOPLE = [
  'Amélie Poulain',
  'Björn Åkesson',
  'Chidi Anagonye',
  '田中 花子',
  'Eve \\u0026 Co',
  'Fatima Zahra',
  'Søren K. 🚀',
  'O\\u2019Brien',
  'admin\\/service',
  'Zoë \\"Zee\\" Lund',
];
export const PLACES = [
  ['Paris', 'France', '48.8566', '2.3522'],
  ['Stockholm', 'Sweden', '59.33', '18.06'],
  ['San José', 'United States', '37.3387', '-121.8853'],
  ['東京', 'Japan', '35.6895', '139.6917'],
];
export const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15',
  'okta-auth-java/3.1',
  'python-requests/2.32.3',
];
export const APPS = [
  'Salesforce.com',
  'Office 365',
  'Slack',
  'GitHub Enterprise',
  'Workday',
  'ServiceNow',
];
