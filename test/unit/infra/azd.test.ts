/** azure.yaml points azd to the templates and to the output of the build. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exists, readText } from '../../support/repository.ts';
import { resourceOf, resourcesOf } from '../../support/templates.ts';

const project = parse(readText('azure.yaml'));

describe('azure.yaml', () => {
  it('names the templates and their parameters', () => {
    const { provider, path, module } = project.infra;
    expect(provider).toBe('bicep');
    expect(exists(`${path}/${module}.bicep`)).toBe(true);
    expect(exists(`${path}/${module}.bicepparam`)).toBe(true);
  });

  it('uploads the output of the build unchanged to the app with the tag of the service', () => {
    const services = Object.entries<Record<string, unknown>>(project.services);
    expect(services).toHaveLength(1);
    const [name, service] = services[0] as [string, Record<string, unknown>];
    expect(service).toEqual({
      project: '.',
      language: 'js',
      host: 'function',
      dist: 'dist/package',
      remoteBuild: false,
    });
    expect(resourceOf('azd', 'Microsoft.Web/sites').tags['azd-service-name']).toBe(name);
    expect(JSON.parse(readText('package.json')).scripts.build).toBeTruthy();
    // With this file and `remoteBuild: false` azd refuses to package.
    expect(exists('.funcignore')).toBe(false);
  });

  it('waits for the roles on each system in the same way', () => {
    const { posix, windows } = project.hooks.postprovision;
    for (const { run } of [posix, windows]) expect(run).toContain('CONNECTOR_ROLES_ASSIGNED true');
  });

  it('tags each resource with the environment, by which azd finds it', () => {
    const group = resourceOf('azd', 'Microsoft.Resources/resourceGroups');
    expect(group.tags).toEqual({ 'azd-env-name': 'okta-prod' });
    expect(resourcesOf('group', 'Microsoft.Resources/resourceGroups')).toEqual([]);
  });
});
