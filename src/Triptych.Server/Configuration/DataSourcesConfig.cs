using System.ComponentModel;
using Triptych.Api.Dashboards;

namespace Triptych.Server.Configuration;

/// <summary>What speaks at a data source.</summary>
public enum DataSourceType
{
    /// <summary>Prometheus' HTTP API.</summary>
    Prometheus,

    /// <summary>Loki's HTTP API.</summary>
    Loki,

    /// <summary>Tempo's HTTP API.</summary>
    Tempo,

    /// <summary>PostgreSQL.</summary>
    Postgres,
}

/// <summary>Servers beside this one that dashboards may ask.</summary>
public sealed class DataSourcesConfig
{
    /// <summary>Where files of data sources are.</summary>
    [Description("A directory as Grafana's provisioning/datasources: the data sources of its *.yaml files are there beside those of the list here. The files are read when the server starts.")]
    public string ProvisioningDir { get; set; } = "";

    /// <summary>How long one request may take.</summary>
    [Description("How long one request to a data source may take, from its first byte to the last of the answer. PostgreSQL ends a query itself after that time.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest answer.</summary>
    [Description("How large one answer of a data source may be once it is unpacked. Four such answers may be held at once.")]
    public ByteSize MaxAnswerSize { get; set; } = ByteSize.MiB(64);

    /// <summary>The most rows.</summary>
    [Description("How many rows one answer of PostgreSQL may have; what is more is left out, which the panel says.")]
    public int MaxRows { get; set; } = 100_000;

    /// <summary>The data sources.</summary>
    [Description("The data sources.")]
    public List<DataSourceOptions> Sources { get; set; } = [];

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems()
    {
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1)) yield return At("timeout", "has to be more than 0 and at most 1h");
        if (MaxAnswerSize.Bytes is <= 0 or > 1L << 30) yield return At("max_answer_size", "has to be more than 0 and at most 1024MiB");
        if (MaxRows is < 1 or > 1_000_000) yield return At("max_rows", "has to be 1 to 1000000");
        for (var i = 0; i < Sources.Count; i++)
        {
            foreach (var (option, message) in Sources[i].FindProblems()) yield return At($"sources[{i}].{option}", message);
            var uid = Sources[i].Uid;
            if (Sources.Take(i).Any(one => one.Uid == uid)) yield return At($"sources[{i}].uid", $"{uid} is used twice");
        }

        static (string Path, string Message) At(string option, string message) => ($"data_sources.{option}", $"data_sources.{option} {message}");
    }
}

/// <summary>A data source.</summary>
public sealed class DataSourceOptions
{
    /// <summary>Its id.</summary>
    [Description("Its id, by which dashboards name it: 1 to 40 letters, digits, - or _.")]
    public string Uid { get; set; } = "";

    /// <summary>Its name.</summary>
    [Description("How it is called; without it, its uid.")]
    public string Name { get; set; } = "";

    /// <summary>Its type.</summary>
    [Description("prometheus, loki and tempo: a server that speaks such a server's HTTP API. postgres: a PostgreSQL database, which is only read from.")]
    public DataSourceType Type { get; set; } = DataSourceType.Prometheus;

    /// <summary>Where it is.</summary>
    [Description("Its address: http or https, with the path before the API if there is one. For postgres the host and the port, as db.example:5432. Link-local addresses are not connected to.")]
    public string Url { get; set; } = "";

    /// <summary>Whether it is the default.</summary>
    [Description("Whether panels that name no data source mean this one instead of the built-in metrics.")]
    public bool IsDefault { get; set; }

    /// <summary>The least step.</summary>
    [Description("How often its samples come, such as 15s: the least step that panels ask for.")]
    public string TimeInterval { get; set; } = "";

    /// <summary>The user.</summary>
    [Description("The user of basic authentication; for postgres the role, which should be one that may only read.")]
    public string? Username { get; set; }

    /// <summary>Its password.</summary>
    [Description("The password. Better in password_file.")]
    public string? Password { get; set; }

    /// <summary>A file with the password.</summary>
    [Description("A file with the password.")]
    public string? PasswordFile { get; set; }

    /// <summary>A bearer token.</summary>
    [Description("A bearer token, in place of a user. Better in token_file.")]
    public string? Token { get; set; }

    /// <summary>A file with the token.</summary>
    [Description("A file with the bearer token.")]
    public string? TokenFile { get; set; }

    /// <summary>Further headers.</summary>
    [Description("Further headers that every request to it has, such as X-Scope-OrgID.")]
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>Trusted authorities.</summary>
    [Description("A file with the certificates of the authorities to trust (PEM). Without it the host's are.")]
    public string? CaFile { get; set; }

    /// <summary>Whether any certificate is accepted.</summary>
    [Description("Whether its certificate may be anyone's. Not for postgres, which has ssl_mode.")]
    public bool InsecureSkipVerify { get; set; }

    /// <summary>The database.</summary>
    [Description("postgres: the database.")]
    public string Database { get; set; } = "";

    /// <summary>Encryption.</summary>
    [Description("postgres: disable, prefer, require, verify_ca or verify_full.")]
    public MetastoreSslMode SslMode { get; set; } = MetastoreSslMode.Prefer;

    /// <summary>Every problem, with the option that it is about.</summary>
    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (!DashboardDocument.IsUid(Uid)) yield return ("uid", "has to be 1 to 40 letters, digits, - or _");
        if (Uid is "prometheus" or "loki" or "tempo" or "grafana") yield return ("uid", $"{Uid} is a built-in data source's");
        if (Password is not null && PasswordFile is not null) yield return ("password_file", "and password exclude each other");
        if (Token is not null && TokenFile is not null) yield return ("token_file", "and token exclude each other");
        var hasToken = Token is not null || TokenFile is not null;
        if (hasToken && Username is not null) yield return (Token is null ? "token_file" : "token", "and username exclude each other");
        if (Username is null && (Password is not null || PasswordFile is not null)) yield return ("username", "is missing beside the password");
        if (Type == DataSourceType.Postgres)
        {
            if (DataSources.DataSourceMaking.HostAndPort(Url) is null) yield return ("url", "has to be a host and, unless it is 5432, a port: db.example:5432");
            if (Database.Length == 0) yield return ("database", "is missing");
            if (string.IsNullOrEmpty(Username)) yield return ("username", "is missing");
            if (hasToken || Headers.Count > 0) yield return ("token", "and headers are not for postgres");
            if (InsecureSkipVerify) yield return ("insecure_skip_verify", "is not for postgres: set ssl_mode");
        }
        else if (DataSources.DataSourceMaking.FindUrlProblem(Url) is { } problem)
        {
            yield return ("url", problem);
        }

        foreach (var name in Headers.Keys.Where(static name => DataSources.DataSourceMaking.FindHeaderProblem(name) is not null))
            yield return ("headers", DataSources.DataSourceMaking.FindHeaderProblem(name)!);
    }
}
