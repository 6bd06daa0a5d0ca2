using System.Globalization;
using Triptych.Model;

namespace Triptych.Api.Dashboards;

/// <summary>
/// Where dashboards lie in the metastore. Heads are small and lie together; each version of a document has a scope of its own, so that a list
/// reads none of them.
/// </summary>
internal static class DashboardScopes
{
    /// <summary>The one key of a scope that holds one document.</summary>
    public const string DocumentKey = "document";

    /// <summary>Key is the uid of a dashboard, value its head.</summary>
    public static string Heads(TenantId tenant) => $"dashboards/heads/{tenant.Name}";

    /// <summary>Key is the uid of a folder, value its title.</summary>
    public static string Folders(TenantId tenant) => $"dashboards/folders/{tenant.Name}";

    /// <summary>Key is the uid of a dashboard that has a star.</summary>
    public static string Stars(TenantId tenant) => $"dashboards/stars/{tenant.Name}";

    /// <summary>One version of one document.</summary>
    public static string Document(TenantId tenant, string uid, int version) =>
        string.Create(CultureInfo.InvariantCulture, $"dashboards/documents/{tenant.Name}/{uid}/{version}");
}
