// A WebDAV server of the npm package webdav-server, on a folder: node webdav-server-program.cjs '{"module":...,"port":...,"folder":...,"user":...,"password":...}'
const settings = JSON.parse(process.argv[2]);
const { v2: webdav } = require(settings.module);

const users = new webdav.SimpleUserManager();
const user = users.addUser(settings.user, settings.password, true);
const rights = new webdav.SimplePathPrivilegeManager();
rights.setRights(user, '/', ['all']);
const server = new webdav.WebDAVServer({
  hostname: '127.0.0.1', port: settings.port, requireAuthentification: true,
  httpAuthentication: new webdav.HTTPBasicAuthentication(users, 'towline'), privilegeManager: rights,
});
server.setFileSystem('/', new webdav.PhysicalFileSystem(settings.folder), () => server.start());
