namespace Triptych.Api.Dashboards;

/// <summary>Why something could not be done with a dashboard.</summary>
/// <param name="StatusCode">400, 403, 404, 409, 412 or 507.</param>
/// <param name="Status">Grafana's word for it, such as <c>version-mismatch</c>.</param>
/// <param name="Message">One line.</param>
public sealed record DashboardRefusal(int StatusCode, string Status, string Message)
{
    internal static DashboardRefusal NotFound { get; } = new(404, "not-found", "Dashboard not found");

    internal static DashboardRefusal FolderNotFound { get; } = new(404, "not-found", "Folder not found");

    internal static DashboardRefusal Provisioned { get; } =
        new(400, "provisioned", "Cannot change a provisioned dashboard: it comes from a file on the server and is changed there");

    internal static DashboardRefusal Changed { get; } = new(412, "version-mismatch", "The dashboard has been changed by someone else");

    internal static DashboardRefusal TooMany { get; } = new(507, "quota", $"There are {DashboardStore.MaxDashboards} dashboards already, which is the most");
}

/// <summary>A dashboard of a file on the server.</summary>
/// <param name="Head">Title, tags and folder; one version.</param>
/// <param name="FolderTitle">The folder's title; empty for none.</param>
/// <param name="Json">The document.</param>
/// <param name="File">The file's path within the provisioned folder.</param>
public sealed record ProvisionedDashboard(DashboardHead Head, string FolderTitle, ReadOnlyMemory<byte> Json, string File);

/// <summary>Dashboards that come from files; they are the same for every tenant and cannot be changed over HTTP.</summary>
public interface IProvisionedDashboards
{
    /// <summary>All of them, by uid, as of now.</summary>
    IReadOnlyDictionary<string, ProvisionedDashboard> Current();
}
