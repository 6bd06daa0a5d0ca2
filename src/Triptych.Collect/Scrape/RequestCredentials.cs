using System.Net.Http.Headers;
using System.Text;

namespace Triptych.Collect.Scrape;

/// <summary>
/// The Authorization header of a job. Files are read at each scrape, so that a changed secret needs no restart; messages name files, never
/// what is in them.
/// </summary>
internal sealed class RequestCredentials(BasicAuthOptions? basic, AuthorizationOptions? authorization)
{
    /// <summary>The header, or null for none.</summary>
    /// <exception cref="IOException">A secret's file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public async ValueTask<AuthenticationHeaderValue?> ReadAsync(CancellationToken cancellationToken)
    {
        if (basic is not null)
        {
            var password = basic.PasswordFile is { } file ? await ReadSecretAsync(file, cancellationToken) : basic.Password ?? "";
            return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.Username}:{password}")));
        }

        if (authorization is null) return null;
        var token = authorization.CredentialsFile is { } tokenFile ? await ReadSecretAsync(tokenFile, cancellationToken) : authorization.Credentials ?? "";
        return new AuthenticationHeaderValue(authorization.Type, token);
    }

    private static async Task<string> ReadSecretAsync(string path, CancellationToken cancellationToken) =>
        (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
}
