/**
 * Makes the dictionary for Okta's events: `node scripts/okta-dictionary.ts` writes it, unless it
 * exists. A dictionary never changes, because stored events need it (docs/adr/0009-events-compressed-with-a-dictionary.md):
 * for a better one, raise `VERSION`. It holds names and words of Okta's documentation
 * (https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/,
 * https://developer.okta.com/docs/reference/api/event-types/), in the order in which Okta sends
 * them, and events of the demo org. DEFLATE refers to near text with fewer bits, so the most
 * frequent text is last.
 */
import fs from 'node:fs';
import { eventText } from '../dev/demo-org/event-text.ts';

const LEGACY_TYPES =
  'core.user_auth.login_failed core.user_auth.logout_success core.user_auth.session_clear core.user_auth.radius_login core.user_auth.mfa_bypass_attempted core.user.factor.attempt_fail core.user.factor.attempt_success core.user.factor.activate core.user.config.user_creation.success core.user.config.user_status.password_reset core.user.config.user_activated core.user.config.user_deactivated core.user.config.user_suspended core.user.config.password_update.success core.user.admin_privilege.granted core.user.admin_privilege.revoked core.user_group_member.user_add core.user_group_member.user_remove core.concurrency.org.limit.violation app.generic.config.app_updated app.generic.unauth_app_access_attempt app.user_management.user_group_import.upsert_success app.app_instance.change app.auth.sso app.oauth2.token.grant platform.cookie.refresh api.token.create api.token.revoke policy.rule.update security.zone.update app.user_membership.add app.user_membership.remove core.user.sms.message_sent.factor core.user_auth.idp.saml.login_success core.user_auth.login_success';

const TYPES =
  'analytics.reports.export.download iam.resourceset.bindings.add workflows.user.delegatedflow.run support.org.update org.not_configured_origin.redirection.usage event_hook.created event_hook.delivery inline_hook.executed network_zone.rule.disabled zone.activate zone.create zone.deactivate zone.delete zone.update device.enrollment.create device.lifecycle.activate device.lifecycle.deactivate device.user.add device.user.remove pam.user_creds.issue security.request.blocked security.authenticator.lifecycle.create security.session.detect_client_roaming security.breached_credential.detected security.attack.start security.threat.detected system.agent.ad.connect system.agent.ad.update_user system.agent.register system.brand.update system.custom_error.update system.email.delivery system.email.challenge_factor_redeemed system.email.send_factor_verify_message system.idp.lifecycle.create system.idp.lifecycle.update system.import.user.update system.import.complete system.ldapsearch.search system.log_stream.lifecycle.create system.org.rate_limit.burst system.org.rate_limit.expiration.warning system.org.rate_limit.violation system.org.rate_limit.warning system.push.send_factor_verify_push system.sms.send_factor_verify_message system.voice.send_phone_verification_call system.operation.rate_limit.violation system.client.concurrency_rate_limit.notification system.api_token.create system.api_token.enable system.api_token.revoke system.api_token.update policy.lifecycle.activate policy.lifecycle.create policy.lifecycle.deactivate policy.lifecycle.delete policy.lifecycle.update policy.rule.activate policy.rule.add policy.rule.deactivate policy.rule.delete policy.rule.update policy.entity_risk.evaluate policy.auth_reevaluate.fail policy.evaluate_sign_on app.access_request.request app.ad.api.user_import.warn app.audit_report.download app.generic.unauth_app_access_attempt app.inbound_del_auth.login_success app.keys.generate_legacy app.oauth2.admin.consent.grant app.oauth2.as.authorize.code app.oauth2.as.consent.grant app.oauth2.as.token.grant.access_token app.oauth2.as.token.grant.id_token app.oauth2.as.token.grant.refresh_token app.oauth2.authorize.code app.oauth2.client.lifecycle.create app.oauth2.signon app.oauth2.token.grant.id_token app.oauth2.token.grant.access_token app.oauth2.token.grant.refresh_token app.oauth2.token.revoke app.saml.sensitive.attribute.update app.user_management application.lifecycle.activate application.lifecycle.create application.lifecycle.deactivate application.lifecycle.delete application.lifecycle.update application.policy.sign_on.update application.provision.user.push_profile application.provision.user.sync application.user_membership.change_username application.user_membership.update application.user_membership.show_password application.user_membership.remove application.user_membership.add group.application_assignment.add group.lifecycle.create group.lifecycle.delete group.privilege.grant group.privilege.revoke group.profile.update group.user_membership.rule.add_exclusion group.user_membership.remove group.user_membership.add user.account.access_super_user_app user.account.expire_password user.account.lock.limit user.account.privilege.grant user.account.privilege.revoke user.account.report_suspicious_activity_by_enduser user.account.reset_password user.account.unlock user.account.unlock_by_admin user.account.unlock_token user.account.update_password user.account.update_primary_email user.account.update_profile user.account.lock user.authentication.auth_via_AD_agent user.authentication.auth_via_IDP user.authentication.auth_via_inbound_SAML user.authentication.auth_via_social user.authentication.auth_via_richclient user.authentication.auth_via_radius user.authentication.universal_logout user.authentication.slo user.authentication.verify user.authentication.auth_via_mfa user.authentication.sso user.behavior.profile.reset user.credential.enroll user.identity_verification user.import.password user.lifecycle.activate user.lifecycle.create user.lifecycle.deactivate user.lifecycle.delete.completed user.lifecycle.delete.initiated user.lifecycle.reactivate user.lifecycle.suspend user.lifecycle.unsuspend user.mfa.attempt_bypass user.mfa.factor.activate user.mfa.factor.deactivate user.mfa.factor.reset_all user.mfa.factor.suspend user.mfa.factor.unsuspend user.mfa.factor.update user.mfa.okta_verify.deny_push user.mfa.okta_verify user.risk.change user.risk.detect user.session.impersonation.grant user.session.impersonation.initiate user.session.impersonation.end user.session.context.change user.session.access_admin_app user.session.clear user.session.expire user.session.end user.session.start';

const MESSAGES =
  'User reset password for Okta|User update password for Okta|Reset password for Okta user|Revoke API token|Create API token|Revoke user privilege|Grant user privilege|Max sign in attempts exceeded|Activate Okta user|Deactivate Okta user|Create Okta user|Suspend Okta user|Unsuspend Okta user|Remove user from application membership|Add user to application membership|Show application user password|Remove user from group membership|Add user to group membership|OAuth2 access token is granted|OIDC id token is granted|OAuth2 token revocation request|Rate limit warning|Rate limit violation|Activate factor or authenticator enrollment method for user|Reset all factors for user|Update policy rule|Authenticate user with AD agent|Clear user session|User accessing Okta admin app|User logout from Okta|Evaluation of sign-on policy|Authentication of user via MFA|User single sign on to app|User login to Okta|Verify user identity|Send SMS message for verification|Request from suspicious actor';

const WORDS =
  '"dtHash":"","oktaUserAgentExtended":"okta-auth-js/7.0.1 okta-signin-widget-7.14.0","deviceFingerprint":"","tunnels":"null","proxyType":"","logOnlySecurityData":"{\\"risk\\":{\\"level\\":\\"LOW\\"},\\"behaviors\\":{\\"New Geo-Location\\":\\"NEGATIVE\\",\\"New Device\\":\\"NEGATIVE\\",\\"New IP\\":\\"NEGATIVE\\",\\"New State\\":\\"NEGATIVE\\",\\"New Country\\":\\"NEGATIVE\\",\\"Velocity\\":\\"NEGATIVE\\",\\"New City\\":\\"NEGATIVE\\"}}","risk":"{reasons=Anomalous Geo-Distance, Anomalous Device, level=HIGH}","behaviors":"{New Geo-Location=POSITIVE, New Device=POSITIVE, New IP=POSITIVE, New State=POSITIVE, New Country=POSITIVE, Velocity=NEGATIVE, New City=POSITIVE}","promptingPolicyTypes":"","authnRequestId":"","initiationType":"USER_INITIATED","signOnMode":"OpenID Connect","redirectUri":"https://","grantedScopes":"openid, profile, email, offline_access","requestedScopes":"openid","grantType":"authorization_code","clientAuthType":"client_secret_basic","responseMode":"form_post","responseType":"code","state":"","privilegeGranted":"Super administrator, Organization administrator, Read-only administrator, Application administrator, Help Desk administrator","threshold":"60","timeSpan":"1","timeUnit":"MINUTES","rateLimitBucketUuid":"","rateLimitSecondsToReset":"","userId":"","operationRateLimitType":"web_request","operationRateLimitSubtype":"Authenticated user","rateLimitScopeType":"ORG","warningPercent":"60","factor":"OKTA_VERIFY_PUSH","factorIntent":"AUTHENTICATION","pushOnlyResponseType":"OV_RESPONSE_ALLOW","pushWithNumberChallengeResponseType":"","changeDetails":{"from":{"status":"ACTIVE"},"to":{"status":"INACTIVE"}},"targetEventHookIds":"","hashedTokenId","type":"id_token"},"type":"access_token","details":null}]}"type":"PublicClientApp","type":"SystemPrincipal","alternateId":"system@okta.com","displayName":"Okta System","displayName":"Okta Admin Console","displayName":"Okta Dashboard","displayName":"Password","displayName":"Okta Verify","type":"AuthenticatorEnrollment","type":"AppUser","type":"UserGroup","type":"PolicyEntity","type":"PolicyRule","type":"Rule","alternateId":"unknown","displayName":"Default Policy","displayName":"Catch-all Rule","detailEntry":{"policyType":"OktaSignOn"}},"detailEntry":{"policyRuleFactorMode":"2FA"}},"detailEntry":{"signOnModeType":"SAML_2_0","signOnModeEvaluationResult":"AUTHENTICATED"}},"type":"AppInstance","alternateId":"Office 365","outcome":{"result":"FAILURE","reason":"INVALID_CREDENTIALS"},"reason":"VERIFICATION_ERROR","reason":"LOCKED_OUT"},"result":"CHALLENGE","result":"DENY","result":"SKIPPED","result":"UNKNOWN","result":"ALLOW","reason":"Sign-on policy evaluation resulted in ALLOW","severity":"WARN","severity":"ERROR","severity":"DEBUG","authenticationProvider":"OKTA_AUTHENTICATION_PROVIDER","authenticationProvider":"ACTIVE_DIRECTORY","authenticationProvider":"FACTOR_PROVIDER","credentialProvider":"OKTA_CREDENTIAL_PROVIDER","credentialType":"PASSWORD","credentialType":"OTP","credentialType":"ASSERTION","externalSessionId":"unknown"}';

const AGENTS =
  'okta-sdk-nodejs Okta-Integrations python-requests/2.26.0 curl/8.4.0 PostmanRuntime/7.36.0 Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1","os":"iOS","browser":"SAFARI"},"zone":"null","device":"Mobile","os":"Android","os":"Linux","browser":"FIREFOX","browser":"EDGE","os":"Unknown","browser":"UNKNOWN"},"zone":"null","device":"Unknown","Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0","os":"Windows 10","Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36 Edg/123.0.0.0","os":"Mac OS X","browser":"CHROME"},"zone":"OFF_NETWORK","device":"Computer"';

const PLACES =
  '"city":"London","state":"England","country":"United Kingdom","city":"Frankfurt am Main","country":"Germany","country":"France","country":"India","country":"Canada","country":"Australia","country":"Ireland","country":"Japan","state":"New York","state":"Texas","state":"Virginia","state":"Washington","asOrg":"amazon.com inc.","isp":"amazon.com inc.","domain":"amazonaws.com","asOrg":"comcast","isp":"comcast cable communications","domain":"comcast.net","asOrg":"google","asOrg":"microsoft corporation","isProxy":true}';

/** An event in Okta's order of fields, with the values that most events have. */
const event = (agent: string, state: string, debug: string, target: string) =>
  `{"actor":{"id":"00u1example0","type":"User","alternateId":"user@example.com","displayName":"User","detailEntry":null},"client":{"userAgent":{"rawUserAgent":"${agent}"},"zone":"null","device":"Computer","id":null,"ipAddress":"198.51.100.1","geographicalContext":{"city":"San Francisco","state":${state},"country":"United States","postalCode":"94105","geolocation":{"lat":37.7852,"lon":-122.3874}}},"device":null,"authenticationContext":{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"rootSessionId":"102","externalSessionId":"102"},"displayMessage":"User login to Okta","eventType":"user.session.start","outcome":{"result":"SUCCESS","reason":null},"published":"2026-01-01T10:20:30.400Z","securityContext":{"asNumber":394089,"asOrg":"example","isp":"example","domain":"example.com","isProxy":false},"severity":"INFO","debugContext":{"debugData":{${debug}}},"legacyEventType":"core.user_auth.login_success","transaction":{"type":"WEB","id":"","detail":{}},"uuid":"","version":"0","request":{"ipChain":[{"ip":"203.0.113.1","geographicalContext":{"city":"San Jose","state":"California","country":"United States","postalCode":"95113","geolocation":{"lat":37.3387,"lon":-121.8914}},"version":"V4","source":null}]},"target":${target}}`;

/** The same names in alphabetical order, as pipelines that sort them send an event on. */
const SORTED =
  '{"actor":{"alternateId":"user@example.com","detailEntry":null,"displayName":"User","id":"00u","type":"User"},"authenticationContext":{"authenticationProvider":null,"authenticationStep":0,"credentialProvider":null,"credentialType":null,"externalSessionId":"102","interface":null,"issuer":null},"client":{"device":"Computer","geographicalContext":{"city":"San Francisco","country":"United States","geolocation":{"lat":37.7852,"lon":-122.3874},"postalCode":"94105","state":"California"},"id":null,"ipAddress":"198.51.100.1","userAgent":{"browser":"CHROME","os":"Mac OS X","rawUserAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"},"zone":"null"},"debugContext":{"debugData":{"requestId":"","requestUri":"/api/v1/","url":"/api/v1/"}},"displayMessage":"","eventType":"","legacyEventType":null,"outcome":{"reason":null,"result":"SUCCESS"},"published":"2026","request":{"ipChain":[{"geographicalContext":{"city":"","country":"United States","geolocation":{"lat":37.7,"lon":-122.3},"postalCode":"94","state":"California"},"ip":"203.0.113.1","source":null,"version":"V4"}]},"securityContext":{"asNumber":16509,"asOrg":"","domain":"","isProxy":false,"isp":""},"severity":"INFO","target":[{"alternateId":"unknown","detailEntry":null,"displayName":"","id":"","type":"AppInstance"}],"transaction":{"detail":{},"id":"","type":"WEB"},"uuid":"","version":"0"}';

const VERSION = 1;
/** More takes more CPU time for each event than it saves bytes. */
const LENGTH = 16_384;
const DEMO_SEED = 1;
const DEMO_TIME_MS = Date.UTC(2026, 0, 1);

function oktaDictionary(): string {
  const demo = [18, 7, 1].map((index) => eventText(DEMO_SEED, index, DEMO_TIME_MS).raw);
  return [
    LEGACY_TYPES,
    TYPES,
    MESSAGES,
    PLACES,
    AGENTS,
    WORDS,
    ...demo,
    SORTED,
    event(
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36","os":"Windows 10","browser":"CHROME',
      'null',
      '"requestId":"","dtHash":"","requestUri":"/api/v1/users/00u1example0/lifecycle/","targetEventHookIds":"","url":"/api/v1/users/00u1example0/lifecycle/?"',
      '[{"id":"00g","type":"UserGroup","alternateId":"unknown","displayName":"Everyone","detailEntry":null},{"id":"00u","type":"User","alternateId":"user@example.com","displayName":"User","detailEntry":null}]',
    ),
    event(
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36","os":"Mac OS X","browser":"CHROME',
      '"California"',
      '"requestId":"","dtHash":"","requestUri":"/idp/idx/identify","threatSuspected":"false","url":"/idp/idx/identify?"',
      'null',
    ),
  ]
    .join('')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .slice(-LENGTH);
}

const file = new URL(`../shared/sink/dictionaries/okta-${VERSION}.ts`, import.meta.url);
const text = oktaDictionary().replaceAll('\\', '\\\\').replaceAll("'", "\\'");
fs.writeFileSync(
  file,
  `// Made by scripts/okta-dictionary.ts. It never changes: stored events need it.
export const OKTA_${VERSION} =
  '${text}';
`,
  { flag: 'wx' },
);
