using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Triptych.Api.DataSources;
using Triptych.Server.Configuration;

namespace Triptych.Server.DataSources;

/// <summary>Makes data sources of what configuration and files say, and says what is wrong with that.</summary>
internal static class DataSourceMaking
{
    private static readonly SearchValues<char> HeaderCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // What the connection itself writes, or what would make two requests of one.
    private static readonly string[] OwnHeaders = ["Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade", "Accept-Encoding"];

    /// <summary>The data sources of the configuration. Files of secrets are read.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read; the message names the option.</exception>
    public static IEnumerable<DataSource> FromConfig(DataSourcesConfig config) => config.Sources.Select(FromOptions);

    /// <summary>Why a text is no address of a server; null where it is one.</summary>
    public static string? FindUrlProblem(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return "has to be an http or https address";
        if (uri.UserInfo.Length > 0) return "must not hold a user: set username and password";
        return uri.Query.Length > 0 || uri.Fragment.Length > 0 ? "must not hold a query or a fragment" : null;
    }

    /// <summary>Why a header may not be set; null where it may.</summary>
    public static string? FindHeaderProblem(string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(HeaderCharacters)) return $"\"{name}\" is no name of a header";
        return OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"{name} cannot be set" : null;
    }

    /// <summary>Host and port of <c>host</c>, <c>host:port</c>, <c>[v6]:port</c>, also behind <c>postgres://</c>; null where it is none.</summary>
    public static (string Host, int Port)? HostAndPort(string text)
    {
        foreach (var scheme in (string[])["postgres://", "postgresql://"])
        {
            if (text.StartsWith(scheme, StringComparison.Ordinal)) text = text[scheme.Length..].TrimEnd('/');
        }

        if (text.Length == 0 || text.Any(static c => c is '/' or '@' or '?' or ',' or ';' or '=' || char.IsWhiteSpace(c) || char.IsControl(c))) return null;
        var colon = text.LastIndexOf(':');
        if (text.StartsWith('[') ? colon < text.IndexOf(']', StringComparison.Ordinal) : colon < 0) return (text, 5432);
        if (!text.StartsWith('[') && text.IndexOf(':', StringComparison.Ordinal) != colon) return null;
        var isPort = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;
        return isPort && colon > 0 ? (text[..colon], port) : null;
    }

    /// <summary>The value of <c>Authorization</c> for a user and a password.</summary>
    public static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>Why a text holds no certificates in PEM; null where it does.</summary>
    public static string? FindCertificateProblem(string pem)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(pem);
            foreach (var certificate in found) certificate.Dispose();
            return found.Count == 0 ? "holds no certificate in PEM" : null;
        }
        catch (CryptographicException e)
        {
            return "holds a certificate that cannot be read: " + e.Message.ReplaceLineEndings(" ");
        }
    }

    private static string? CertificatesOf(DataSourceOptions options)
    {
        if (ReadFile(options, "ca_file", options.CaFile, keepEnd: true) is not { } pem) return null;
        return FindCertificateProblem(pem) is { } problem ? throw new InvalidDataException($"ca_file of the data source {options.Uid} {problem}") : pem;
    }

    private static DataSource FromOptions(DataSourceOptions options)
    {
        var password = options.Password ?? ReadFile(options, "password_file", options.PasswordFile, keepEnd: false);
        var name = options.Name.Length > 0 ? options.Name : options.Uid;
        if (options.Type == DataSourceType.Postgres)
        {
            var (host, port) = HostAndPort(options.Url)!.Value;
            return new DataSource
            {
                Uid = options.Uid,
                Name = name,
                Kind = DataSourceKind.Postgres,
                IsDefault = options.IsDefault,
                TimeInterval = options.TimeInterval,
                Postgres = new PostgresPlace
                {
                    Host = host,
                    Port = port,
                    Database = options.Database,
                    User = options.Username!,
                    Password = password,
                    SslMode = SslModeOf(options.SslMode),
                    RootCertificateFile = options.CaFile,
                },
            };
        }

        var headers = options.Headers.ToList();
        var token = options.Token ?? ReadFile(options, "token_file", options.TokenFile, keepEnd: false);
        if (token is not null) headers.Add(KeyValuePair.Create("Authorization", "Bearer " + token));
        else if (options.Username is not null) headers.Add(KeyValuePair.Create("Authorization", Basic(options.Username, password ?? "")));
        return new DataSource
        {
            Uid = options.Uid,
            Name = name,
            Kind = KindOf(options.Type),
            IsDefault = options.IsDefault,
            TimeInterval = options.TimeInterval,
            Url = new Uri(options.Url),
            Headers = headers,
            SkipsTlsVerification = options.InsecureSkipVerify,
            TrustedCertificates = CertificatesOf(options),
        };
    }

    private static DataSourceKind KindOf(DataSourceType type) => type switch
    {
        DataSourceType.Loki => DataSourceKind.Loki,
        DataSourceType.Tempo => DataSourceKind.Tempo,
        _ => DataSourceKind.Prometheus,
    };

    private static Npgsql.SslMode SslModeOf(MetastoreSslMode mode) => mode switch
    {
        MetastoreSslMode.Disable => Npgsql.SslMode.Disable,
        MetastoreSslMode.Prefer => Npgsql.SslMode.Prefer,
        MetastoreSslMode.Require => Npgsql.SslMode.Require,
        MetastoreSslMode.VerifyCa => Npgsql.SslMode.VerifyCA,
        _ => Npgsql.SslMode.VerifyFull,
    };

    private static string? ReadFile(DataSourceOptions options, string option, string? file, bool keepEnd)
    {
        if (file is null) return null;
        try
        {
            var text = File.ReadAllText(file);
            return keepEnd ? text : text.TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidDataException($"{option} of the data source {options.Uid} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
