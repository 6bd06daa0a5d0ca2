using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Triptych.Server.Configuration;

namespace Triptych.Server.Security;

/// <summary>
/// The credentials that callers may show: bearer tokens, and a user with a password. Kept as SHA-256 hashes and compared in constant time;
/// never written anywhere.
/// </summary>
public sealed class Credentials
{
    private readonly List<byte[]> _tokenHashes = [];
    private readonly byte[]? _basicHash;

    private Credentials(IEnumerable<string> tokens, string? user, string? password)
    {
        _tokenHashes.AddRange(tokens.Select(Hash));
        if (user is not null && password is not null) _basicHash = Hash($"{user}:{password}");
    }

    /// <summary>Reads what the configuration names.</summary>
    /// <exception cref="IOException">A file of credentials cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file of credentials may not be read.</exception>
    /// <exception cref="InvalidDataException">There is not one that is not empty.</exception>
    public static Credentials Load(AuthConfig auth)
    {
        var tokens = new List<string>();
        if (!string.IsNullOrWhiteSpace(auth.Token)) tokens.Add(auth.Token.Trim());
        if (auth.TokenFile is not null) tokens.AddRange(File.ReadAllLines(auth.TokenFile).Select(l => l.Trim()).Where(l => l.Length > 0));
        var password = auth.Password ?? (auth.PasswordFile is null ? null : File.ReadAllText(auth.PasswordFile).TrimEnd('\r', '\n'));
        if (string.IsNullOrEmpty(password) && tokens.Count == 0)
        {
            // An empty token or password would let everyone in.
            throw new InvalidDataException("credentials are asked for, and every token, password and file of them is empty");
        }

        return new Credentials(tokens, auth.Username, string.IsNullOrEmpty(password) ? null : password);
    }

    /// <summary>Whether an <c>Authorization</c> header shows one of them.</summary>
    public bool Accept(string? authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header.Parameter is null) return false;
        if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return AcceptToken(header.Parameter);
        if (!header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return false;
        var decoded = new byte[header.Parameter.Length];
        if (!Convert.TryFromBase64String(header.Parameter, decoded, out var length)) return false;
        var pair = Encoding.UTF8.GetString(decoded, 0, length);
        if (_basicHash is not null && CryptographicOperations.FixedTimeEquals(_basicHash, Hash(pair))) return true;

        // Clients that know only basic authentication send the token as the password.
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && AcceptToken(pair[(colon + 1)..]);
    }

    private bool AcceptToken(string token)
    {
        var hash = Hash(token);
        var accepted = false;
        foreach (var known in _tokenHashes) accepted |= CryptographicOperations.FixedTimeEquals(known, hash);
        return accepted;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
