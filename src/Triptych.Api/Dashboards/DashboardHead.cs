using System.Text.Json;

namespace Triptych.Api.Dashboards;

/// <summary>What is known of a dashboard without its document.</summary>
/// <param name="Uid">Its id within the tenant.</param>
/// <param name="Title">Its title.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="FolderUid">The folder it lies in; empty for none.</param>
/// <param name="CreatedUnixMs">When it was saved first.</param>
/// <param name="Versions">The versions that are kept, oldest first; the last one is the dashboard.</param>
public sealed record DashboardHead(
    string Uid, string Title, IReadOnlyList<string> Tags, string FolderUid, long CreatedUnixMs, IReadOnlyList<DashboardVersion> Versions)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The newest version.</summary>
    public DashboardVersion Newest => Versions[^1];

    /// <summary>As it is stored.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static DashboardHead Read(string uid, ReadOnlyMemory<byte> stored)
    {
        try
        {
            if (JsonSerializer.Deserialize<DashboardHead>(stored.Span, Json) is { Versions.Count: > 0 } head) return head;
            throw new InvalidDataException($"The stored dashboard {uid} has no versions.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The stored dashboard {uid} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>One version of a dashboard.</summary>
/// <param name="Number">1 for the first, one more with each save.</param>
/// <param name="SavedUnixMs">When it was saved.</param>
/// <param name="Message">What the user said of the change.</param>
public sealed record DashboardVersion(int Number, long SavedUnixMs, string Message);

/// <summary>A folder of dashboards.</summary>
/// <param name="Uid">Its id within the tenant.</param>
/// <param name="Title">Its title.</param>
public sealed record DashboardFolder(string Uid, string Title);
