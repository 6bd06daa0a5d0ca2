using System.ComponentModel;

namespace Triptych.Collect.Tail;

/// <summary>Files to follow.</summary>
public sealed class TailOptions
{
    /// <summary>The paths, with wildcards.</summary>
    [Description("Paths of files to follow; * and ? within a folder, ** over folders.")]
    public List<string> Paths { get; set; } = [];

    /// <summary>Paths to leave out.</summary>
    [Description("Paths to leave out, with the same wildcards.")]
    public List<string> Exclude { get; set; } = [];

    /// <summary>PM2's log folder.</summary>
    [Description("PM2's log folder, such as ~/.pm2/logs: follows <app>-out.log and <app>-error.log and sets the label app from the name.")]
    public string? Pm2 { get; set; }

    /// <summary>Labels for every line.</summary>
    [Description("Labels for every line, beside host and filename.")]
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Whether a file that is new to us is read from its start.</summary>
    [Description("Whether a file met for the first time at the start of the program is read from its beginning; otherwise from its end. Files that appear later are always read whole.")]
    public bool FromBeginning { get; set; } = true;
}
