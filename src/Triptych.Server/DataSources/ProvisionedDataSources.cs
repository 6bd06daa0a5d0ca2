using System.Security.Cryptography;
using System.Text;
using Triptych.Api.Dashboards;
using Triptych.Api.DataSources;
using Triptych.Server.Dashboards;
using YamlDotNet.RepresentationModel;

namespace Triptych.Server.DataSources;

/// <summary>Reads data sources in the form of Grafana's <c>provisioning/datasources/*.yaml</c>. What is not supported of it is refused by name.</summary>
internal static class ProvisionedDataSources
{
    private const int MaxSources = 200;
    private const int MaxHeaders = 20;

    private static readonly string[] Refused =
        ["oauthPassThru", "sigV4Auth", "tlsAuth", "azureAuthEnabled", "withCredentials", "enableSecureSocksProxy", "keepCookies"];

    /// <summary>Reads the sources of one file. One that cannot be used is told of and takes no others along.</summary>
    /// <param name="yaml">The file's text.</param>
    /// <param name="variable">Looks up a variable of the environment.</param>
    /// <param name="skipped">Called with why one is left out; no secret is in it.</param>
    /// <exception cref="InvalidDataException">The file is no such list.</exception>
    public static IReadOnlyList<DataSource> Read(string yaml, Func<string, string?> variable, Action<string> skipped)
    {
        if (ProvisionedYaml.Load(yaml) is not { } document) return [];
        if (document is not YamlMappingNode root) throw new InvalidDataException("it has no list \"datasources\"");
        if (Child(root, "datasources") is not YamlSequenceNode list)
            return Child(root, "deleteDatasources") is not null ? [] : throw new InvalidDataException("it has no list \"datasources\"");
        if (list.Children.Count > MaxSources) throw new InvalidDataException($"it has more than {MaxSources} data sources");
        var made = new List<DataSource>();
        foreach (var node in list.Children)
        {
            var name = node is YamlMappingNode mapping ? Plain(mapping, "name") : "";
            try
            {
                made.Add(ReadOne(new Entry(node as YamlMappingNode ?? throw new InvalidDataException($"it is no mapping ({node.Start})"), variable)));
            }
            catch (InvalidDataException e)
            {
                skipped($"data source \"{name}\": {e.Message}");
            }
        }

        return made;
    }

    /// <summary>The id that Grafana gives a data source of a name whose file gives it none.</summary>
    public static string UidOf(string name) => "P" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));

    private static DataSource ReadOne(Entry entry)
    {
        var name = entry.Text("name");
        if (name.Length == 0) throw new InvalidDataException("it has no name");
        var uid = entry.Text("uid") is { Length: > 0 } own ? own : UidOf(name);
        if (!DashboardDocument.IsUid(uid)) throw new InvalidDataException($"uid \"{uid}\" has to be 1 to 40 letters, digits, - or _");
        if (uid is "prometheus" or "loki" or "tempo" or "grafana") throw new InvalidDataException($"uid {uid} is a built-in data source's");
        if (entry.Text("access") is not ("" or "proxy") and var access) throw new InvalidDataException($"access {access} is not supported, only proxy");
        foreach (var option in Refused)
        {
            if (entry.Flag(option)) throw new InvalidDataException($"{option} is not supported");
        }

        var type = entry.Text("type");
        if (type is "postgres" or "grafana-postgresql-datasource" or "postgresql") return Postgres(entry, uid, name);
        var url = entry.Text("url");
        if (DataSourceMaking.FindUrlProblem(url) is { } problem) throw new InvalidDataException("url " + problem);
        return new DataSource
        {
            Uid = uid,
            Name = name,
            Kind = KindOf(type),
            IsDefault = entry.Flag("isDefault"),
            TimeInterval = entry.Text("timeInterval"),
            Url = new Uri(url),
            Headers = HeadersOf(entry),
            SkipsTlsVerification = entry.Flag("tlsSkipVerify"),
            TrustedCertificates = CertificatesOf(entry),
        };
    }

    private static string? CertificatesOf(Entry entry)
    {
        if (!entry.Flag("tlsAuthWithCACert") || entry.Text("tlsCACert") is not { Length: > 0 } pem) return null;
        return DataSourceMaking.FindCertificateProblem(pem) is { } problem ? throw new InvalidDataException("tlsCACert " + problem) : pem;
    }

    private static DataSourceKind KindOf(string type) => type switch
    {
        "prometheus" or "mimir" or "victoriametrics-metrics-datasource" => DataSourceKind.Prometheus,
        "loki" => DataSourceKind.Loki,
        "tempo" => DataSourceKind.Tempo,
        _ => throw new InvalidDataException($"type {type} is not supported (prometheus, loki, tempo, postgres)"),
    };

    private static List<KeyValuePair<string, string>> HeadersOf(Entry entry)
    {
        var headers = new List<KeyValuePair<string, string>>();
        for (var i = 1; i <= MaxHeaders; i++)
        {
            var name = entry.Text($"httpHeaderName{i}");
            if (name.Length == 0) continue;
            if (DataSourceMaking.FindHeaderProblem(name) is { } problem) throw new InvalidDataException($"httpHeaderName{i}: {problem}");
            var value = entry.Text($"httpHeaderValue{i}");
            if (value.Any(char.IsControl)) throw new InvalidDataException($"httpHeaderValue{i} holds a control character");
            headers.Add(KeyValuePair.Create(name, value));
        }

        if (!entry.Flag("basicAuth")) return headers;
        headers.RemoveAll(static header => header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase));
        headers.Add(KeyValuePair.Create("Authorization", DataSourceMaking.Basic(entry.Text("basicAuthUser"), entry.Text("basicAuthPassword"))));
        return headers;
    }

    private static DataSource Postgres(Entry entry, string uid, string name)
    {
        if (DataSourceMaking.HostAndPort(entry.Text("url")) is not var (host, port)) throw new InvalidDataException("url has to be a host and a port: db.example:5432");
        var user = entry.Text("user");
        var database = entry.Text("database");
        if (user.Length == 0) throw new InvalidDataException("user is missing");
        if (database.Length == 0) throw new InvalidDataException("database is missing");
        return new DataSource
        {
            Uid = uid,
            Name = name,
            Kind = DataSourceKind.Postgres,
            IsDefault = entry.Flag("isDefault"),
            TimeInterval = entry.Text("timeInterval"),
            Postgres = new PostgresPlace
            {
                Host = host,
                Port = port,
                Database = database,
                User = user,
                Password = entry.Text("password") is { Length: > 0 } password ? password : null,
                RootCertificateFile = entry.Text("sslRootCertFile") is { Length: > 0 } file ? file : null,
                SslMode = entry.Text("sslmode") switch
                {
                    "disable" => Npgsql.SslMode.Disable,
                    "" or "require" => Npgsql.SslMode.Require,
                    "verify-ca" => Npgsql.SslMode.VerifyCA,
                    "verify-full" => Npgsql.SslMode.VerifyFull,
                    var mode => throw new InvalidDataException($"sslmode {mode} is not supported (disable, require, verify-ca, verify-full)"),
                },
            },
        };
    }

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;

    private static string Plain(YamlMappingNode node, string key) => Child(node, key) is YamlScalarNode { Value: { } value } ? value : "";

    /// <summary>An entry's options, wherever it has them: in <c>secureJsonData</c>, in <c>jsonData</c>, or in itself.</summary>
    private sealed class Entry(YamlMappingNode node, Func<string, string?> variable)
    {
        public string Text(string key) => ProvisionedText.Expand(Raw(key), variable);

        public bool Flag(string key) => Text(key) == "true";

        private string Raw(string key)
        {
            foreach (var section in (string[])["secureJsonData", "jsonData"])
            {
                if (Child(node, section) is YamlMappingNode inner && Plain(inner, key) is { Length: > 0 } found) return found;
            }

            return Plain(node, key);
        }
    }
}
