"""An SFTP server that asks for passwords, which OpenSSH does only for accounts of the system.

Started with one JSON argument; prints one JSON line when it listens; ends when its stdin does.
"""
import asyncio
import json
import sys

import asyncssh

settings = json.loads(sys.argv[1])


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return "password" in settings["methods"]

    def validate_password(self, username, password):
        return (username, password) == (settings["user"], settings["password"])

    def kbdint_auth_supported(self):
        return "keyboard-interactive" in settings["methods"]

    def get_kbdint_challenge(self, username, lang, submethods):
        questions = [(settings["prompt"], False)]
        if settings.get("code"):
            questions.append(("Code: ", True))
        return "", "", "", questions

    def validate_kbdint_response(self, username, responses):
        wanted = [settings["password"]] + ([settings["code"]] if settings.get("code") else [])
        return username == settings["user"] and list(responses) == wanted


class Files(asyncssh.SFTPServer):
    def __init__(self, chan):
        super().__init__(chan, chroot=settings["root"].encode())


async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", settings["port"], server_factory=Server, server_host_keys=[key], sftp_factory=Files)
    print(json.dumps({"hostKey": key.export_public_key().decode().strip()}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
