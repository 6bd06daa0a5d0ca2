using System.Collections;
using System.Text.RegularExpressions;

namespace Triptych.Server.Configuration;

/// <summary>
/// Variables of the environment that look like an option's and are none: mostly a name with a slip in it, which would be passed over in silence.
/// </summary>
internal static partial class UnknownVariables
{
    // Where the UI lies beside the program, and what the project's own tests, tools and benchmarks read.
    private static readonly HashSet<string> OwnNames = new(StringComparer.Ordinal)
    {
        "TRIPTYCH_UI_DIR", "TRIPTYCH_SERVER", "TRIPTYCH_UPDATE_EXPECTATIONS", "TRIPTYCH_WRITE_GOLDEN",
    };

    private static readonly string[] OwnPrefixes = ["TRIPTYCH_TEST_", "TRIPTYCH_BENCH_"];

    /// <summary>Every such variable, in ordinal order.</summary>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="known">The variables that set an option.</param>
    public static IEnumerable<ConfigProblem> Find(IDictionary environment, IReadOnlySet<string> known)
    {
        var unknown = new List<string>();
        foreach (DictionaryEntry variable in environment)
        {
            if (variable.Key is not string name || !name.StartsWith(ConfigNames.EnvironmentPrefix, StringComparison.Ordinal) || known.Contains(name)) continue;
            if (OwnNames.Contains(name) || Array.Exists(OwnPrefixes, p => name.StartsWith(p, StringComparison.Ordinal))) continue;
            if (!IsServiceLink(name, variable.Value as string ?? "")) unknown.Add(name);
        }

        return unknown.Order(StringComparer.Ordinal).Select(
            name => new ConfigProblem($"environment variable {name}", 0, 0, "is no option (lists and maps are set in the file only; see triptych schema --markdown)"));
    }

    // Kubernetes sets these in every pod for a service that is called triptych, or triptych-….
    private static bool IsServiceLink(string name, string value) =>
        ServiceLinkName().IsMatch(name) || (name.EndsWith("_PORT", StringComparison.Ordinal) && ServiceAddress().IsMatch(value));

    [GeneratedRegex("_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceLinkName();

    [GeneratedRegex("^(tcp|udp|sctp)://", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceAddress();
}
